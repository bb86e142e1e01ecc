"""Fine-tuning: a trained network on a user's own pictures and joints, and what it gained on pictures held out."""
