"""The bus over RabbitMQ: connection, channels, frames of the hot path, publisher and consumer."""
