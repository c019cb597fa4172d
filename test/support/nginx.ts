import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Daemon } from './daemon.ts'
import { findProgram, freePort } from './programs.ts'

const TEMPLATE = new URL('../../nginx/gatehouse.conf.template', import.meta.url)
const HOST = 'localhost'

export interface Nginx {
  /** The public address, `https://localhost:<port>`. */
  url: string
  /** The plain HTTP address, which redirects to HTTPS. */
  httpUrl: string
  /** The self-signed certificate, PEM: what a client must trust. */
  certificate: string
  /** The access log so far. */
  accessLog(): Promise<string>
  /** The error log so far. */
  errorLog(): Promise<string>
  stop(): Promise<void>
}

/**
 * Two free ports, on which nginx can be started later: Gatehouse must know its public address before nginx has anything
 * to forward to.
 */
export async function publicPorts(): Promise<{ http: number; https: number; url: string }> {
  const [http, https] = [await freePort(), await freePort()]
  return { http, https, url: `https://${HOST}:${https}` }
}

/**
 * Starts nginx with the shipped configuration, filled in as an operator would, with a self-signed certificate.
 *
 * @param upstreams where Gatehouse listens, each `127.0.0.1:<port>`
 * @returns null if the machine has no nginx or no openssl
 */
export async function startNginx(
  upstreams: readonly string[],
  ports: { http: number; https: number },
): Promise<Nginx | null> {
  const [nginx, openssl] = [findProgram('nginx'), findProgram('openssl')]
  if (nginx === null || openssl === null) return null
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-nginx-'))
  // Its workers may run as another user than the owner of the folder.
  await chmod(folder, 0o711)
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`]
  const form = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  await promisify(execFile)(openssl, ['req', ...form, ...subject, '-keyout', key, '-out', certificate])

  const values: Record<string, string> = {
    GATEHOUSE_HOST: HOST,
    GATEHOUSE_HTTP_PORT: String(ports.http),
    GATEHOUSE_HTTPS_PORT: String(ports.https),
    GATEHOUSE_CERTIFICATE: certificate,
    GATEHOUSE_CERTIFICATE_KEY: key,
    GATEHOUSE_SERVERS: upstreams.map(address => `server ${address} max_fails=0;`).join(' '),
  }
  const shipped = await readFile(TEMPLATE, 'utf8')
  const site = shipped
    .replace(/\$\{(GATEHOUSE_\w+)\}/g, (whole, name) => values[name] ?? whole)
    .replaceAll('/var/log/nginx/', `${folder}/`)
  await mkdir(join(folder, 'temp'))
  await writeFile(join(folder, 'site.conf'), site)
  await writeFile(join(folder, 'nginx.conf'), main(folder))

  const daemon = new Daemon(nginx, ['-p', folder, '-e', 'stderr', '-c', 'nginx.conf'], { cwd: folder })
  await daemon.listening(ports.https)
  return {
    url: `https://${HOST}:${ports.https}`,
    httpUrl: `http://${HOST}:${ports.http}`,
    certificate: await readFile(certificate, 'utf8'),
    accessLog: () => readFile(join(folder, 'access.log'), 'utf8'),
    errorLog: () => readFile(join(folder, 'error.log'), 'utf8'),
    async stop() {
      await daemon.stop('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The main configuration around the shipped file, with all paths inside the folder. */
function main(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
    daemon off;
    worker_processes 2;
    pid ${folder}/nginx.pid;
    error_log stderr warn;
    events { worker_connections 1024; }
    http {
      access_log off;
      ${temporary.map(name => `${name}_temp_path ${folder}/temp/${name};`).join('\n')}
      include ${folder}/site.conf;
    }
  `
}
