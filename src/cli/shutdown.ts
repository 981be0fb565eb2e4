const LONGEST_SHUTDOWN_MS = 15_000;
// npm and terminals deliver one Ctrl-C several times; only a later one means "now".
const SAME_KEYPRESS_MS = 1_000;

/**
 * Runs `stop` at SIGINT, SIGTERM, SIGHUP or when the process that forked us is gone, then ends this process.
 * A second signal, or a shutdown that takes longer than 15 s, ends it at once.
 */
export function stopOnSignal(stop: () => Promise<void>): void {
  let startedAt: number | undefined;
  const onSignal = (): void => {
    if (startedAt !== undefined) {
      if (Date.now() - startedAt > SAME_KEYPRESS_MS) process.exit(130);
      return;
    }
    startedAt = Date.now();
    setTimeout(() => {
      process.stderr.write('Stopping took too long; ended without waiting further.\n');
      process.exit(1);
    }, LONGEST_SHUTDOWN_MS).unref();
    void stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`Stopping failed: ${(error as Error).message}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  process.on('disconnect', onSignal);
}
