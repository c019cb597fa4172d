// Paste: The file auth in the code of a Next.js application
