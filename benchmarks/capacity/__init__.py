"""How much does an arm carry, what stands in its way, do replicas help, and what does too much do to it?

Plan, loads and their records; then judged and told from the folder alone. The search for the knee takes the arms in
turn, probe by probe; bursts to one, two and four replicas are laid out so that what drifts falls on all sizes alike; an
overload follows at two and three times what was found, and the half of it afterwards, to see an arm come back.
"""
