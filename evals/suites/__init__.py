"""One module a suite: which cases, how they are put to the product, how they are scored and summed up."""
