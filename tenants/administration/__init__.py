"""The administrators' pages about people, what leads them here, rules and branding."""
