Kind = "service-defaults"
Name = "api"
Protocol = "http"
# these keys hold a workflow command, an escape sequence, a mark that turns text around, and marks of HTML
"::error::\u001b[31m##[error]" = 5
"\u202e<b>|%0A%,:`" = 5
