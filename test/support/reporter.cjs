'use strict';

const Mocha = require('mocha');

/** The spec report of Mocha, followed by one plain line for scripts. */
class ClosingLineReporter extends Mocha.reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    const skipped = pending > 0 ? `, ${pending} skipped` : '';
    process.stdout.write(`${passes} passed, ${failures} failed${skipped}\n`);
  }
}

module.exports = ClosingLineReporter;
