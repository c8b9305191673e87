"""What overloads do, by their ids: one module for each heading of declarations.txt."""
