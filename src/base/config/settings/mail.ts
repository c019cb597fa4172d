import { sender, smtpUrl } from '../parsers/mail.ts'
import type { Row } from '../setting.ts'

export const mail = [
  {
    name: 'SMTP_URL',
    schema: smtpUrl,
    otherwise: 'test mode: emails are shown at /mailbox; in production they wait in the queue',
    secret: 'credentials',
    file: true,
    expected:
      'smtp://host:port (STARTTLS, 587) or smtps://host:port (TLS, 465); user:password@ before the host, percent-encoded',
    example: 'smtp://gatehouse:PASSWORD@mail.example.com:587',
    does: 'SMTP server for outgoing email. With a password, smtp requires STARTTLS unless the server is on this machine.',
  },
  {
    name: 'MAIL_FROM',
    schema: sender,
    otherwise: 'no-reply@ the host of PUBLIC_URL',
    expected: 'an email address, or a name and an email address in angle brackets',
    example: 'Example <no-reply@example.com>',
    does: 'Sender of emails.',
  },
] as const satisfies readonly Row[]
