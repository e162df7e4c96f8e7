"""What integration testers run: replays, flows, the law, bundles, measurements."""
