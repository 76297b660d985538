"""Pictures of a run, as inline SVG: hand-made, so that they follow the page's colours, light or dark, and print well.

Every picture has a title and a description for those who cannot see it. A pattern has one colour and one shape, always.
What is drawn comes from the summary; nothing is computed here but positions.
"""
