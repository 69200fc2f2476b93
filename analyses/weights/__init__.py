"""The weights of the small trained models, each with its card: data, licence, split and figures."""
