'use strict';

const Mocha = require('mocha');

/** Mocha's usual report, closed by one plain line that scripts can read. */
class ClosingLineReporter extends Mocha.reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    const skipped = pending > 0 ? `, ${pending} skipped` : '';
    process.stdout.write(`${passes} passed, ${failures} failed${skipped}\n`);
  }
}

module.exports = ClosingLineReporter;
