"""Service definitions: fields, normalization and rules of services, proxies, upstreams and checks."""
