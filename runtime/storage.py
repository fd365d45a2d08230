from runtime.settings import S3Settings
from stores.bucket import Bucket


def bucket_of(settings: S3Settings) -> Bucket:
    """The bucket of these settings, with the process's own key."""
    return Bucket(
        endpoint=settings.s3_endpoint,
        name=settings.s3_bucket,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
        region=settings.s3_region,
    )
