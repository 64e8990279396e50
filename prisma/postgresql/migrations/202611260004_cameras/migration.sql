-- CreateTable
CREATE TABLE "Camera" (
    "id" TEXT NOT NULL,
    "ownerId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "rtspUrl" TEXT NOT NULL,
    "credentials" TEXT,
    "settings" TEXT NOT NULL,
    "wanted" BOOLEAN NOT NULL DEFAULT false,
    "state" TEXT NOT NULL DEFAULT 'stopped',
    "stateAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastErrorCode" TEXT,
    "lastErrorMessage" TEXT,
    "lastErrorAt" TIMESTAMP(3),
    "reservationId" TEXT,
    "reservedBytes" BIGINT NOT NULL DEFAULT 0,
    "startedAt" TIMESTAMP(3),
    "workerId" TEXT,
    "heartbeatAt" TIMESTAMP(3),
    "lastMediaAt" TIMESTAMP(3),
    "liveFilename" TEXT,
    "liveStartedAt" TIMESTAMP(3),
    "videoCodec" TEXT,
    "audioCodec" TEXT,
    "width" INTEGER,
    "height" INTEGER,
    "segmentCount" INTEGER NOT NULL DEFAULT 0,
    "totalBytes" BIGINT NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deletedAt" TIMESTAMP(3),

    CONSTRAINT "Camera_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CameraSegment" (
    "id" TEXT NOT NULL,
    "cameraId" TEXT NOT NULL,
    "filename" TEXT NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL,
    "endedAt" TIMESTAMP(3) NOT NULL,
    "durationMs" INTEGER NOT NULL,
    "sizeBytes" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "videoCodec" TEXT,
    "audioCodec" TEXT,
    "width" INTEGER,
    "height" INTEGER,
    "cause" TEXT,
    "keyFrames" INTEGER NOT NULL DEFAULT 0,
    "pinned" BOOLEAN NOT NULL DEFAULT false,
    "storage" TEXT NOT NULL DEFAULT 'local',
    "storageKey" TEXT,
    "uploadedAt" TIMESTAMP(3),
    "uploadAttempts" INTEGER NOT NULL DEFAULT 0,
    "uploadError" TEXT,
    "localRemovedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "CameraSegment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CameraGap" (
    "id" TEXT NOT NULL,
    "cameraId" TEXT NOT NULL,
    "fromAt" TIMESTAMP(3) NOT NULL,
    "toAt" TIMESTAMP(3),
    "code" TEXT NOT NULL,
    "words" TEXT NOT NULL,

    CONSTRAINT "CameraGap_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CameraThumbnail" (
    "cameraId" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "filename" TEXT NOT NULL,
    "sizeBytes" INTEGER NOT NULL,

    CONSTRAINT "CameraThumbnail_pkey" PRIMARY KEY ("cameraId","at")
);

-- CreateTable
CREATE TABLE "CaptureCounter" (
    "name" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "value" DOUBLE PRECISION NOT NULL DEFAULT 0,

    CONSTRAINT "CaptureCounter_pkey" PRIMARY KEY ("name","label")
);

-- CreateIndex
CREATE INDEX "Camera_ownerId_idx" ON "Camera"("ownerId");

-- CreateIndex
CREATE INDEX "CameraSegment_cameraId_startedAt_idx" ON "CameraSegment"("cameraId", "startedAt");

-- CreateIndex
CREATE INDEX "CameraSegment_uploadedAt_idx" ON "CameraSegment"("uploadedAt");

-- CreateIndex
CREATE UNIQUE INDEX "CameraSegment_cameraId_filename_key" ON "CameraSegment"("cameraId", "filename");

-- CreateIndex
CREATE INDEX "CameraGap_cameraId_fromAt_idx" ON "CameraGap"("cameraId", "fromAt");

-- AddForeignKey
ALTER TABLE "Camera" ADD CONSTRAINT "Camera_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CameraSegment" ADD CONSTRAINT "CameraSegment_cameraId_fkey" FOREIGN KEY ("cameraId") REFERENCES "Camera"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CameraGap" ADD CONSTRAINT "CameraGap_cameraId_fkey" FOREIGN KEY ("cameraId") REFERENCES "Camera"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CameraThumbnail" ADD CONSTRAINT "CameraThumbnail_cameraId_fkey" FOREIGN KEY ("cameraId") REFERENCES "Camera"("id") ON DELETE CASCADE ON UPDATE CASCADE;
