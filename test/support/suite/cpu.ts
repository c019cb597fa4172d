import { readFileSync } from 'node:fs'

/** Of this process and of its children that have ended. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6 + cpuSecondsOfChildren()
}

/** Only on Linux: fields 16 and 17 of `stat`, in hundredths of a second; the name before them may contain spaces. */
function cpuSecondsOfChildren(): number {
  if (process.platform !== 'linux') return 0
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}
