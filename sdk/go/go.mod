module github.com/coderauth/coderauth/sdk/go

go 1.21
