import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { endingWithUs } from '../../test/support/daemon.ts'

/** Runs a command until it ends. @throws Error with the end of its output if it fails */
export async function execute(
  command: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<string> {
  const [program = '', ...args] = [...endingWithUs(), ...command]
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${(out + err).slice(-6000)}`)
  return out
}
