import { auth } from '../../auth.js'

export async function GET() {
  const session = await auth()
  return Response.json({ email: session?.user?.email, roles: session?.roles })
}
