"""What an engineer signs: a run or a campaign as HTML and PDF, in English or Chinese."""
