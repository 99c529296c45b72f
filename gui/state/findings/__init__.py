"""What the findings of runs show: judged results as tables and charts, without Qt."""
