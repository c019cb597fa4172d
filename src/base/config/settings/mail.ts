import { sender, smtpUrl } from '../mail.ts'
import type { Setting } from '../setting.ts'

export const mail = [
  {
    name: 'SMTP_URL',
    group: 'Mail',
    schema: smtpUrl,
    otherwise: 'letters are shown at /mailbox; in production they wait, and nobody gets them',
    secret: 'credentials',
    file: true,
    expected:
      'smtp://host:port (STARTTLS, 587) or smtps://host:port (TLS, 465); user:password@ before the host, percent-encoded',
    example: 'smtp://gatehouse:PASSWORD@mail.example.com:587',
    does: 'The mail server that takes letters. With a password, smtp requires STARTTLS unless the server is this machine.',
  },
  {
    name: 'MAIL_FROM',
    group: 'Mail',
    schema: sender,
    otherwise: 'no-reply@ the host of PUBLIC_URL',
    expected: 'one address, or a name and the address in angle brackets',
    example: 'Example <no-reply@example.com>',
    does: 'Who letters are from.',
  },
] as const satisfies readonly Setting[]
