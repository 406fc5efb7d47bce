"""What may be shown to whom: the policy decision point, labels, grants, disclosure control and the ledger."""
