"""The physics of one device as kernels: workload, clock, power, heat, fan. No threads, no clocks, no I/O."""
