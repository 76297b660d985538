"""Random kills under load, arm by arm, until so many are survived: nothing lost, nothing charged twice, nothing open.

One lab holds all arms; they share nothing, so each has a campaign of its own (`campaign`), beside the others. What is
killed and when comes from the seed (`plan`); customers behave as honest clients do (`customers`), the kill and the
recovery from it are measured (`killing`), the arm is audited at rest (`audit`), and all is kept (`records`).
"""
