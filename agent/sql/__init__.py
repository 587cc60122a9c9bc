"""The staff's SQL: views without personal data, a guard, a runner that audits every query."""
