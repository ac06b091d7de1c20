//! A loopback broker and a plant of simulated devices inside the process.
