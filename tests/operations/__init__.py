"""Tests of running Shopbell: real servers, real processes, real ports on loopback."""
