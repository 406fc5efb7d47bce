"""Finding evidence: documents and catalog -> passages -> dense and lexical search under one visibility filter."""
