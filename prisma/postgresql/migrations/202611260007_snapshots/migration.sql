-- CreateTable
CREATE TABLE "FocusSession" (
    "id" TEXT NOT NULL,
    "ownerId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "initialScore" DOUBLE PRECISION,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" TIMESTAMP(3),

    CONSTRAINT "FocusSession_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SnapshotRecording" (
    "recordingId" TEXT NOT NULL,
    "sessionId" TEXT NOT NULL,
    "fps" INTEGER NOT NULL,
    "width" INTEGER,
    "height" INTEGER,
    "codec" TEXT NOT NULL,
    "filename" TEXT NOT NULL,
    "endMs" INTEGER,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SnapshotRecording_pkey" PRIMARY KEY ("recordingId")
);

-- CreateIndex
CREATE INDEX "FocusSession_ownerId_createdAt_idx" ON "FocusSession"("ownerId", "createdAt");

-- CreateIndex
CREATE INDEX "SnapshotRecording_sessionId_idx" ON "SnapshotRecording"("sessionId");

-- AddForeignKey
ALTER TABLE "FocusSession" ADD CONSTRAINT "FocusSession_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SnapshotRecording" ADD CONSTRAINT "SnapshotRecording_recordingId_fkey" FOREIGN KEY ("recordingId") REFERENCES "Recording"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SnapshotRecording" ADD CONSTRAINT "SnapshotRecording_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "FocusSession"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
