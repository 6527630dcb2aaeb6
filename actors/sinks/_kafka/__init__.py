"""Parts of the Kafka sink."""
