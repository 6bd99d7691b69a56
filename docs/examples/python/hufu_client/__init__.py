"""A small client of a Hufu network, made from docs/formats/signing.md and docs/openapi.json."""
