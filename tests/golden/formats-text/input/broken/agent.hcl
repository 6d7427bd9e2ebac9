node_name = "node-2"
acl { tokens { agent = "0a1b2c3d-secret-token-of-the-agent", agnet = "0a1b2c3d-secret-typo" } }
