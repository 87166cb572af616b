"""The loop: when to retrain, the run, the gate's verdict, promotion, the live model and its swap."""
