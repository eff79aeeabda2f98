// What shows a build to its user: it takes events, and says when everything has been shown.
import type { EventSink } from '../event.ts';

export interface Report {
  readonly take: EventSink;
  /** Ends whatever is still shown as running, and waits until everything is written. */
  finish(): Promise<void>;
}

/** Where a report writes to. */
export interface ReportOutput {
  write(text: string): unknown;
  /** Of a terminal. */
  readonly columns?: number;
}
