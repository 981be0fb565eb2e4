import type { Logger } from './logger.ts';

/** Something done again and again, on whichever node comes first; each task takes care of that itself. */
export interface RepeatedTask {
  readonly name: string;
  readonly everySeconds: number;
  readonly run: () => Promise<unknown>;
}

/** Runs the tasks until stopped. A task never overlaps itself; a failure is logged and tried again at the next turn. */
export function repeatTasks(
  tasks: readonly RepeatedTask[],
  log: Logger,
): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const loops = tasks.map((task) => repeat(task, log, stopped.signal));
  return {
    stop: async () => {
      stopped.abort();
      await Promise.all(loops);
    },
  };
}

async function repeat(task: RepeatedTask, log: Logger, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    await pause(task.everySeconds * 1000, stopped);
    if (stopped.aborted) return;
    try {
      await task.run();
    } catch (error) {
      log.warn({ err: error, task: task.name }, 'a repeated task failed');
    }
  }
}

function pause(milliseconds: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    timer.unref();
    stopped.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
