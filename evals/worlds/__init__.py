"""What an attacker tries on a governed fixture, and referees that see the clear data: run by the tests and by evals."""
