"""What Celery runs. Messages may be lost, come twice or late: what there is to do stands in the job's rows."""

from celery import shared_task

from . import jobs


@shared_task(bind=True, acks_late=True, ignore_result=True, name="migrempower_xblock.tasks.go_on")
def go_on(self, job_id):
    """Do the next thing a job needs, and pass it on."""
    if self.request.is_eager:  # passing on would call this from within itself, part after part
        jobs.do_all(job_id)
    else:
        jobs.go_on(job_id)


@shared_task(ignore_result=True, name="migrempower_xblock.tasks.forget")
def forget():
    """Delete old reports; every new report does so too, so a schedule is needed only where they must go in time."""
    jobs.forget()
