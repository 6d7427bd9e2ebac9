{
  "service": { "name": "metrics", "port": 9102 }
  "services": [{ "name": "metrics-push", "port": 9103 }]
}
