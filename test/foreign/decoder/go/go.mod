module amqpdecoder

go 1.26.8

require github.com/Azure/go-amqp v1.5.0
