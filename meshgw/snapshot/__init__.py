"""Everything one proxy has to know, and the hop-by-hop path of a call."""
