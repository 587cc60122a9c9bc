"""What is held on a customer: handed out, erased at their wish, swept away by age.

docs/privacy.md says what each does and what stays.
"""
