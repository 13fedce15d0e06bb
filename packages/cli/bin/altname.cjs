#!/usr/bin/env node
// Stands here so that the command is there before it is built.
require('../build/dist/main.cjs');
