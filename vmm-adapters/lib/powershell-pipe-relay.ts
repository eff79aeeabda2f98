// The one script that is more than cmdlets: relays a named pipe of a Windows machine over ssh. It has never been run on Windows.
import { quoted } from './powershell.ts';

/** What it says, alone on a line, when the pipe is open; everything after that is the pipe's. */
export const relayGreeting = 'vmb: the pipe is open';

/** Waits for the pipe as long as that is said, and ends with the pipe or with its input. */
export function relayScript(pipeName: string, appearMs: number): string {
  return `$pipe = New-Object IO.Pipes.NamedPipeClientStream('.', ${quoted(pipeName)}, 'InOut', 'Asynchronous')
${script.replace('APPEAR_MS', String(appearMs))}`;
}

const script = `$pipe.Connect(APPEAR_MS)
$in = [Console]::OpenStandardInput()
$out = [Console]::OpenStandardOutput()
$hello = [Text.Encoding]::ASCII.GetBytes("${relayGreeting}\`n")
$out.Write($hello, 0, $hello.Length)
$out.Flush()
$fromGuest = New-Object byte[] 65536
$toGuest = New-Object byte[] 65536
$guest = $pipe.ReadAsync($fromGuest, 0, 65536)
$host_ = $in.ReadAsync($toGuest, 0, 65536)
while ($true) {
  if ([Threading.Tasks.Task]::WaitAny([Threading.Tasks.Task[]]@($guest, $host_)) -eq 0) {
    if ($guest.Result -le 0) { break }
    $out.Write($fromGuest, 0, $guest.Result)
    $out.Flush()
    $guest = $pipe.ReadAsync($fromGuest, 0, 65536)
  } else {
    if ($host_.Result -le 0) { break }
    $pipe.Write($toGuest, 0, $host_.Result)
    $host_ = $in.ReadAsync($toGuest, 0, 65536)
  }
}
exit 0`;
