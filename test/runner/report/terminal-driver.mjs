// Feeds the terminal report with events from standard input, one JSON line each; "end" ends it. Runs on a pseudo-terminal.
import { createInterface } from 'node:readline';

const { chooseReport } = await import(process.argv[2]);
const report = await chooseReport(process.stdout, process.env, { json: false, verbose: process.argv[3] === 'verbose' });
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'end') break;
  report.take(JSON.parse(line));
}
await report.finish();
process.stdout.write('finished\n');
process.exit(0);
