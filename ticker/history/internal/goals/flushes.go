package main

import "context"

func flushes(ctx context.Context, t *table, s *server, c config) error { return nil }
func outage(ctx context.Context, t *table, s *server, c config) error { return nil }
func layouts(ctx context.Context, t *table, s *server, c config) error { return nil }
