-- CreateTable
CREATE TABLE "RelayTarget" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "streamKeyId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "server" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "RelayTarget_streamKeyId_fkey" FOREIGN KEY ("streamKeyId") REFERENCES "StreamKey" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "RelayTarget_streamKeyId_idx" ON "RelayTarget"("streamKeyId");
