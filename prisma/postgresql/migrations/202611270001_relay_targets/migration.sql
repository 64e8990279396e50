-- CreateTable
CREATE TABLE "RelayTarget" (
    "id" TEXT NOT NULL,
    "streamKeyId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "server" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "RelayTarget_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "RelayTarget_streamKeyId_idx" ON "RelayTarget"("streamKeyId");

-- AddForeignKey
ALTER TABLE "RelayTarget" ADD CONSTRAINT "RelayTarget_streamKeyId_fkey" FOREIGN KEY ("streamKeyId") REFERENCES "StreamKey"("id") ON DELETE CASCADE ON UPDATE CASCADE;
