import { hostsAndRanges } from '../parsers/urls.ts'
import { duration, existingFolder, oneOf, portOrOff, wholeNumber } from '../parsers/values.ts'
import type { Row } from '../setting.ts'

export const process = [
  {
    name: 'NODE_ENV',
    schema: oneOf('development', 'test', 'production'),
    default: 'development',
    example: 'production',
    does: 'production turns off everything meant for trying Gatehouse out, and requires a complete configuration.',
  },
  {
    name: 'WORKERS',
    schema: wholeNumber(1, 64),
    default: '1',
    expected: 'a whole number from 1 to 64; more than 1 needs DATABASE_URL and REDIS_URL',
    example: '2',
    does: 'Number of processes that answer requests.',
  },
  {
    name: 'STARTUP_TIMEOUT',
    schema: duration('0', '1h'),
    default: '60s',
    example: '5m',
    does: 'How long a starting server waits for PostgreSQL and Redis to become reachable. After that it exits with code 9. Other commands do not wait.',
  },
  {
    name: 'SHUTDOWN_DELAY',
    schema: duration('0', '60s'),
    otherwise: '1s in production, else 0',
    example: '5s',
    does: 'How long a stopping process reports not ready at /readyz before it stops accepting connections, so that a load balancer can notice.',
  },
  {
    name: 'SHUTDOWN_IDLE_TIMEOUT',
    schema: duration('0', '120s'),
    otherwise: '5s in production, else 0',
    example: '65s',
    does: 'How long a stopping process keeps idle connections open after it stops accepting new ones. A proxy in front must close its idle connections sooner, or a request can be lost; the nginx template closes them after 4 seconds.',
  },
  {
    name: 'LOG_LEVEL',
    schema: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    example: 'debug',
    does: 'Lowest severity of log lines to write.',
  },
  {
    name: 'DEMO_PORT',
    schema: portOrOff,
    otherwise: '3001 with the embedded database outside production, else off',
    expected: 'a port other than PORT, or off; in production only off',
    example: 'off',
    does: 'Port of the demo application, which signs in with this provider.',
  },
  {
    name: 'DEMO_UPSTREAM_PORT',
    schema: portOrOff,
    otherwise: 'off; 3002 with `serve --with-upstream`',
    expected: 'a port other than PORT and DEMO_PORT, or off; in production only off',
    example: '3002',
    does: 'Port of Example Upstream, a second provider for trying out upstream sign-in.',
  },
  {
    name: 'OUTBOUND_ALLOW',
    schema: hostsAndRanges,
    otherwise: 'none',
    expected: 'host names or IP addresses, each with an optional port, and CIDR ranges, separated by commas',
    example: 'intranet.example.com,10.1.0.0/16,127.0.0.1:4000',
    does: 'Private or local addresses that outbound requests to applications, upstream providers and webhooks may reach.',
  },
  {
    name: 'VIEWS_DIR',
    schema: existingFolder,
    otherwise: 'the built-in pages',
    expected: 'an existing folder',
    example: './my-views',
    does: 'Folder with templates that replace the built-in ones of the same name. They are read once, at start.',
  },
] as const satisfies readonly Row[]
